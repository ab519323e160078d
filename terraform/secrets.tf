# The secrets are made empty: their values come from you, by gcloud, and are in no state. A new version is read by the running services,
# which look every half a minute while they are called; app_secret may hold "new,old" while it is being reset.
locals {
  secrets = {
    app-secret   = { reader = google_service_account.receiver, variable = "WHATSAPP_APP_SECRET" }
    verify-token = { reader = google_service_account.receiver, variable = "WHATSAPP_VERIFY_TOKEN" }
    access-token = { reader = google_service_account.consumer, variable = "WHATSAPP_ACCESS_TOKEN" }
  }
}

resource "google_secret_manager_secret" "whatsapp" {
  for_each = local.secrets

  secret_id = "${var.name}-${each.key}"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.needed]
}

# Whether each of them has been given a value is asked before anything is deployed; the value itself stays where it is.
data "google_secret_manager_secret_version" "newest" {
  for_each = local.deployed ? local.secrets : {}

  secret            = google_secret_manager_secret.whatsapp[each.key].secret_id
  fetch_secret_data = false

  lifecycle {
    postcondition {
      condition     = self.enabled
      error_message = "The newest version of the secret ${self.secret} is disabled. Give it a value: gcloud secrets versions add ${self.secret} --project=${var.project_id} --data-file=-"
    }
  }
}

resource "google_secret_manager_secret_iam_member" "reads" {
  for_each = local.secrets

  secret_id = google_secret_manager_secret.whatsapp[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.reader.member
}
