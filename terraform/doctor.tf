# Looks for what keeps the service from working, from inside the project: terraform output doctor_command. It compares the secrets with Meta's side,
# and reads how everything else is set up; it changes nothing, but for one test delivery to the receiver.
resource "google_service_account" "doctor" {
  account_id   = "${var.name}-doctor"
  display_name = "Doctor of ${var.name}"
}

resource "google_project_iam_member" "examines_records" {
  project = var.project_id
  role    = "roles/datastore.viewer"
  member  = google_service_account.doctor.member

  condition {
    title      = "${var.name} database"
    expression = "resource.name == '${google_firestore_database.records.id}'"
  }
}

resource "google_pubsub_topic_iam_member" "examines" {
  for_each = { events = google_pubsub_topic.events.id, unhandled = google_pubsub_topic.unhandled.id }

  topic  = each.value
  role   = "roles/pubsub.viewer"
  member = google_service_account.doctor.member
}

resource "google_pubsub_subscription_iam_member" "examines" {
  for_each = google_pubsub_subscription.lane

  subscription = each.value.name
  role         = "roles/pubsub.viewer"
  member       = google_service_account.doctor.member
}

resource "google_storage_bucket_iam_member" "examines_media" {
  bucket = google_storage_bucket.media.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.doctor.member
}

resource "google_secret_manager_secret_iam_member" "examines" {
  for_each = local.secrets

  secret_id = google_secret_manager_secret.whatsapp[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.doctor.member
}

resource "google_storage_bucket_iam_member" "examines_bot" {
  bucket = google_storage_bucket.bot.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.doctor.member
}

resource "google_cloud_run_v2_job" "doctor" {
  count = local.deployed ? 1 : 0

  name                = "${var.name}-doctor"
  location            = var.region
  deletion_protection = false

  template {
    template {
      service_account = google_service_account.doctor.email
      # Longer than all areas together may take.
      timeout = "900s"
      # What it has found once it will find again.
      max_retries = 0

      containers {
        image = var.image
        args  = ["doctor", "--url", local.webhook_url]

        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }

        dynamic "env" {
          for_each = local.doctor_environment
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = local.secrets
          content {
            name  = "${env.value.variable}_FILE"
            value = "/secrets/${env.key}/value"
          }
        }

        dynamic "volume_mounts" {
          for_each = local.secrets
          content {
            name       = volume_mounts.key
            mount_path = "/secrets/${volume_mounts.key}"
          }
        }

        dynamic "volume_mounts" {
          for_each = var.bot_file == null ? [] : ["bot"]
          content {
            name       = volume_mounts.value
            mount_path = "/etc/wabridge"
          }
        }
      }

      dynamic "volumes" {
        for_each = local.secrets
        content {
          name = volumes.key
          secret {
            secret = google_secret_manager_secret.whatsapp[volumes.key].secret_id
            items {
              version = "latest"
              path    = "value"
            }
          }
        }
      }

      dynamic "volumes" {
        for_each = var.bot_file == null ? [] : ["bot"]
        content {
          name = volumes.value
          gcs {
            bucket    = google_storage_bucket.bot.name
            read_only = true
          }
        }
      }
    }
  }

  depends_on = [
    google_project_iam_member.examines_records,
    google_pubsub_topic_iam_member.examines,
    google_pubsub_subscription_iam_member.examines,
    data.google_secret_manager_secret_version.newest,
    google_secret_manager_secret_iam_member.examines,
    google_storage_bucket_iam_member.examines_bot,
    google_storage_bucket_iam_member.examines_media,
    google_storage_bucket_object.bot,
  ]
}
