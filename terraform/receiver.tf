# Takes Meta's webhooks: open to the world, because the signature of each delivery is what is checked.
resource "google_service_account" "receiver" {
  account_id   = "${var.name}-receiver"
  display_name = "Receiver of ${var.name}"
}

resource "google_cloud_run_v2_service" "receiver" {
  count = local.deployed ? 1 : 0

  name                 = "${var.name}-receiver"
  location             = var.region
  description          = "Takes WhatsApp's webhooks"
  ingress              = "INGRESS_TRAFFIC_ALL"
  invoker_iam_disabled = true
  deletion_protection  = var.protect

  template {
    service_account                  = google_service_account.receiver.email
    timeout                          = "30s"
    max_instance_request_concurrency = 250

    scaling {
      min_instance_count = var.receiver.min_instances
      max_instance_count = var.receiver.max_instances
    }

    containers {
      image = var.image
      args  = ["receive"]

      resources {
        limits            = { cpu = var.receiver.cpu, memory = var.receiver.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      ports {
        container_port = 8080
      }

      dynamic "env" {
        for_each = local.receiver_environment
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = toset(["app-secret", "verify-token"])
        content {
          name  = "${local.secrets[env.key].variable}_FILE"
          value = "/secrets/${env.key}/value"
        }
      }

      dynamic "volume_mounts" {
        for_each = toset(["app-secret", "verify-token"])
        content {
          name       = volume_mounts.key
          mount_path = "/secrets/${volume_mounts.key}"
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

    dynamic "volumes" {
      for_each = toset(["app-secret", "verify-token"])
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
  }

  depends_on = [
    data.google_secret_manager_secret_version.newest,
    google_project_iam_member.records,
    google_pubsub_topic_iam_member.looks,
    google_pubsub_topic_iam_member.publishes,
    google_secret_manager_secret_iam_member.reads,
  ]
}
