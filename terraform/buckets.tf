# The bot file, and the media that an operator asked for: neither service reaches those.
resource "google_storage_bucket" "bot" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs tell who reads it; access logs would need another bucket

  name                        = "${var.project_id}-${var.name}-bot"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  # A bad bot file is taken back by bringing an older version of it.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions = 20
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_storage_bucket_object" "bot" {
  count = var.bot_file == null ? 0 : 1

  bucket        = google_storage_bucket.bot.name
  name          = local.bot_object
  content       = file(var.bot_file)
  content_type  = "application/yaml"
  cache_control = "no-store"
}

resource "google_storage_bucket_iam_member" "bot" {
  bucket = google_storage_bucket.bot.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.consumer.member
}

resource "google_storage_bucket" "media" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs tell who reads it; access logs would need another bucket
  #checkov:skip=CKV_GCP_78:an old version would outlive the retention, and an erased person

  name                        = "${var.project_id}-${var.name}-media"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  # What is deleted is gone at once: people may ask for that.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.retention_days
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  depends_on = [google_project_service.needed]
}
