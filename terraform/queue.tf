# Events: one topic, one subscription for each lane, and a place for what nobody could handle.
resource "google_pubsub_topic" "events" {
  #checkov:skip=CKV_GCP_83:Google's own keys; a key of yours that is lost or disabled would stop every message

  name = "${var.name}-events"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.needed]
}

resource "google_pubsub_topic_iam_member" "publishes" {
  for_each = { receiver = google_service_account.receiver.member, consumer = google_service_account.consumer.member }

  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.publisher"
  member = each.value
}

# Whether the topic is there is asked by /ready.
resource "google_pubsub_topic_iam_member" "looks" {
  for_each = { receiver = google_service_account.receiver.member, consumer = google_service_account.consumer.member }

  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.viewer"
  member = each.value
}

resource "google_pubsub_subscription" "lane" {
  for_each = local.deployed ? local.lanes : toset([])

  name   = "${local.subscription}-${each.key}"
  topic  = google_pubsub_topic.events.id
  filter = "attributes.lane = \"${each.key}\""

  # Longer than a turn lasts before the timer takes it over.
  ack_deadline_seconds       = 180
  message_retention_duration = "604800s"

  # It stays also when nothing comes for a month.
  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  push_config {
    push_endpoint = "${google_cloud_run_v2_service.consumer[0].uri}/pubsub/push/${each.key}"

    oidc_token {
      service_account_email = google_service_account.caller.email
      audience              = local.push_audience
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.unhandled.id
    max_delivery_attempts = 100
  }

  depends_on = [google_pubsub_topic_iam_member.unhandled, google_service_account_iam_member.signs]
}

# What was delivered a hundred times in vain waits here for a month.
resource "google_pubsub_topic" "unhandled" {
  #checkov:skip=CKV_GCP_83:Google's own keys; a key of yours that is lost or disabled would stop every message

  name = "${var.name}-unhandled"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.needed]
}

resource "google_pubsub_subscription" "unhandled" {
  name                       = "${var.name}-unhandled"
  topic                      = google_pubsub_topic.unhandled.id
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

# Without both of these Pub/Sub drops nothing and moves nothing: events would go round for ever.
resource "google_pubsub_topic_iam_member" "unhandled" {
  topic  = google_pubsub_topic.unhandled.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "moves" {
  for_each = google_pubsub_subscription.lane

  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Who calls the consumer: Pub/Sub with an event, Cloud Scheduler with a wake. It may do nothing else.
resource "google_service_account" "caller" {
  account_id   = "${var.name}-caller"
  display_name = "Calls the consumer of ${var.name}"
}

resource "google_service_account_iam_member" "signs" {
  service_account_id = google_service_account.caller.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}
