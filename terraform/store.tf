# The records: docs/reference/store.md names the collections, the queries and what is exempt.
resource "google_firestore_database" "records" {
  name                              = var.name
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.protect ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE"

  depends_on = [google_project_service.needed]
}

locals {
  # Firestore removes a document of these by itself when its expire_at has come.
  expiring = toset([
    "account_events",
    "aliases",
    "contacts",
    "conversations",
    "dead_letters",
    "messages",
    "whatsapp_webhook_event_chunks",
    "whatsapp_webhook_events",
  ])

  # Long, or ever rising: an index of them would cost and help nobody.
  exempt = {
    account_events                = ["data", "received_at"]
    aliases                       = []
    contacts                      = ["doc", "op"]
    conversations                 = ["doc", "op"]
    dead_letters                  = ["doc", "op"]
    messages                      = ["doc", "op"]
    pauses                        = ["doc", "op"]
    whatsapp_webhook_event_chunks = ["body", "op"]
    whatsapp_webhook_events       = ["body", "op", "reason", "received_at", "signature"]
  }

  exempt_fields = merge([for collection, fields in local.exempt : { for field in fields : "${collection}/${field}" => { collection = collection, field = field } }]...)

  # For the queries that one field alone does not answer.
  indexes = {
    dead-letters-open     = { collection = "dead_letters", fields = [["state", "ASCENDING"], ["at", "DESCENDING"]] }
    deliveries-up         = { collection = "whatsapp_webhook_events", fields = [["shard", "ASCENDING"], ["received_at", "ASCENDING"]] }
    deliveries-down       = { collection = "whatsapp_webhook_events", fields = [["shard", "ASCENDING"], ["received_at", "DESCENDING"]] }
    deliveries-state-up   = { collection = "whatsapp_webhook_events", fields = [["shard", "ASCENDING"], ["state", "ASCENDING"], ["received_at", "ASCENDING"]] }
    deliveries-state-down = { collection = "whatsapp_webhook_events", fields = [["shard", "ASCENDING"], ["state", "ASCENDING"], ["received_at", "DESCENDING"]] }
  }
}

resource "google_firestore_field" "expiry" {
  for_each = local.expiring

  database   = google_firestore_database.records.name
  collection = each.key
  field      = "expire_at"

  ttl_config {}
  index_config {}
}

resource "google_firestore_field" "exempt" {
  for_each = local.exempt_fields

  database   = google_firestore_database.records.name
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}

resource "google_firestore_index" "query" {
  for_each = local.indexes

  database   = google_firestore_database.records.name
  collection = each.value.collection

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value[0]
      order      = fields.value[1]
    }
  }
}

# Both services, in this database alone.
resource "google_project_iam_member" "records" {
  for_each = { receiver = google_service_account.receiver.member, consumer = google_service_account.consumer.member }

  project = var.project_id
  role    = "roles/datastore.user"
  member  = each.value

  condition {
    title      = "${var.name} database"
    expression = "resource.name == '${google_firestore_database.records.id}'"
  }
}
