# Looks for what keeps the service from working, from inside the project: terraform output doctor_command. It reads and changes nothing, but
# for one test delivery to the receiver.
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

# Google has no role that shows who may do what with a topic, and nothing more.
resource "google_project_iam_custom_role" "examines" {
  role_id     = replace("${var.name}_doctor", "-", "_")
  title       = "Doctor of ${var.name}"
  description = "Sees how topics, subscriptions and buckets are set up, and nothing that is in them"

  permissions = [
    "pubsub.subscriptions.get",
    "pubsub.subscriptions.getIamPolicy",
    "pubsub.topics.get",
    "pubsub.topics.getIamPolicy",
    "storage.buckets.get",
  ]
}

resource "google_project_iam_member" "examines" {
  project = var.project_id
  role    = google_project_iam_custom_role.examines.id
  member  = google_service_account.doctor.member
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
      timeout         = "300s"
      # What it has found once it will find again.
      max_retries = 0

      containers {
        image = var.image
        args  = ["doctor", "--url", "${google_cloud_run_v2_service.receiver[0].uri}/webhooks/whatsapp"]

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
    google_project_iam_member.examines,
    google_project_iam_member.examines_records,
    google_secret_manager_secret_iam_member.examines,
    google_storage_bucket_iam_member.examines_bot,
    google_storage_bucket_object.bot,
  ]
}
