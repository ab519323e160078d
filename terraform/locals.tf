locals {
  labels = merge({ app = var.name }, var.labels)

  # Nothing is deployed before there is an image.
  deployed = var.image != null

  # What Pub/Sub and Cloud Scheduler put into their tokens, and the consumer looks for: a word, not an address.
  push_audience = "${var.name}-consumer"

  lanes = toset(["reply", "record"])

  # Kept in Firestore and Pub/Sub, found by both services and by an operator.
  environment = {
    WABRIDGE_STORE          = "firestore"
    WABRIDGE_QUEUE          = "pubsub"
    GOOGLE_CLOUD_PROJECT    = var.project_id
    FIRESTORE_DATABASE      = google_firestore_database.records.name
    PUBSUB_TOPIC            = google_pubsub_topic.events.name
    PUBSUB_SUBSCRIPTION     = local.subscription
    WABRIDGE_RETENTION_DAYS = tostring(var.retention_days)
  }

  subscription = "${var.name}-consumer"

  ids = {
    WHATSAPP_WABA_ID         = join(",", sort(var.whatsapp.waba_ids))
    WHATSAPP_PHONE_NUMBER_ID = join(",", sort(var.whatsapp.phone_number_ids))
  }

  receiver_environment = merge(local.environment, local.ids, {
    WHATSAPP_FOREIGN_EVENTS = var.whatsapp.foreign_events
  })

  consumer_environment = merge(local.environment, {
    WHATSAPP_API_VERSION          = var.whatsapp.api_version
    WABRIDGE_SEND_RATE            = tostring(var.sending.rate)
    WABRIDGE_SEND_CONCURRENCY     = tostring(var.sending.concurrency)
    WABRIDGE_PUSH_AUDIENCE        = local.push_audience
    WABRIDGE_PUSH_SERVICE_ACCOUNT = google_service_account.caller.email
    WABRIDGE_BOT                  = var.bot_file == null ? "none" : "/etc/wabridge/${local.bot_object}"
  })

  # It looks at everything that either service is told.
  doctor_environment = merge(local.receiver_environment, local.consumer_environment, {
    WABRIDGE_MEDIA_BUCKET = google_storage_bucket.media.name
  })

  bot_object = "bot.yaml"
}
