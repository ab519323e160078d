# Conversations that wait for a time are woken once a minute.
resource "google_cloud_scheduler_job" "wake" {
  count = local.deployed ? 1 : 0

  name             = "${var.name}-wake"
  description      = "Wakes the conversations that are due"
  region           = var.region
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  # The next minute comes soon enough.
  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.consumer[0].uri}/internal/wake"

    oidc_token {
      service_account_email = google_service_account.caller.email
      audience              = local.push_audience
    }
  }

  depends_on = [google_project_service.needed]
}
