# Answers. Cloud Run lets everybody inside the project through, and the consumer checks the tokens itself: Cloud Run's own check would take the
# signature off them.
resource "google_service_account" "consumer" {
  account_id   = "${var.name}-consumer"
  display_name = "Consumer of ${var.name}"
}

resource "google_cloud_run_v2_service" "consumer" {
  count = local.deployed ? 1 : 0

  name                 = "${var.name}-consumer"
  location             = var.region
  description          = "Decides and sends the answers"
  ingress              = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = true
  deletion_protection  = var.protect

  template {
    service_account = google_service_account.consumer.email
    # Longer than the ack deadline: whoever hangs up is Pub/Sub.
    timeout = "200s"
    # Most requests only wait: for a debounce, for their turn, for Meta.
    max_instance_request_concurrency = 250

    scaling {
      min_instance_count = var.consumer.min_instances
      max_instance_count = var.consumer.max_instances
    }

    containers {
      image = var.image
      args  = ["consume"]

      resources {
        limits            = { cpu = var.consumer.cpu, memory = var.consumer.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      ports {
        container_port = 8080
      }

      dynamic "env" {
        for_each = local.consumer_environment
        content {
          name  = env.key
          value = env.value
        }
      }

      env {
        name  = "${local.secrets["access-token"].variable}_FILE"
        value = "/secrets/access-token/value"
      }

      volume_mounts {
        name       = "access-token"
        mount_path = "/secrets/access-token"
      }

      dynamic "volume_mounts" {
        for_each = var.bot_file == null ? [] : ["bot"]
        content {
          name       = volume_mounts.value
          mount_path = "/etc/wabridge"
        }
      }

      startup_probe {
        period_seconds    = 1
        failure_threshold = 30
        http_get {
          path = "/health"
        }
      }

      liveness_probe {
        period_seconds = 30
        http_get {
          path = "/health"
        }
      }
    }

    volumes {
      name = "access-token"
      secret {
        secret = google_secret_manager_secret.whatsapp["access-token"].secret_id
        items {
          version = "latest"
          path    = "value"
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

  depends_on = [
    data.google_secret_manager_secret_version.newest,
    google_project_iam_member.records,
    google_pubsub_topic_iam_member.looks,
    google_pubsub_topic_iam_member.publishes,
    google_secret_manager_secret_iam_member.reads,
    google_storage_bucket_iam_member.bot,
    google_storage_bucket_object.bot,
  ]
}
