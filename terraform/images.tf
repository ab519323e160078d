# Where the image is pushed to. Old ones are cleaned up; the newest ten stay.
resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:it holds no data of people; Google's own keys are enough

  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "Images of ${var.name}"

  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-older"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.needed]
}
