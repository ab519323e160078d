# What the log says, counted: docs/logging.md has the fields.
locals {
  services = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^${var.name}-(receiver|consumer)$\""

  # labels: name of the label → field of the line. value: the field of a distribution.
  metrics = {
    webhooks        = { metric = "webhook.count", labels = { status = "webhookStatus", code = "webhookCode" }, value = null }
    webhook_latency = { metric = "webhook.count", labels = { code = "webhookCode" }, value = "webhookLatencyUs" }
    events          = { metric = "event.count", labels = { kind = "eventKind", end = "eventEnd" }, value = null }
    decisions       = { metric = "bot.count", labels = { route = "botRoute", outcome = "botOutcome" }, value = null }
    sends           = { metric = "send.count", labels = { type = "messageKind", class = "sendClass" }, value = null }
    send_latency    = { metric = "send.count", labels = { class = "sendClass" }, value = "sendLatencyUs" }
    statuses        = { metric = "status.count", labels = { kind = "statusKind" }, value = null }
    billed          = { metric = "billed.count", labels = { category = "billedCategory" }, value = null }
    double_sends    = { metric = "send.double", labels = {}, value = null }
    paused          = { metric = "send.paused", labels = {}, value = null }
    dead_letters    = { metric = "queue.dead_letters", labels = {}, value = null }
  }
}

resource "google_logging_metric" "log" {
  for_each = local.metrics

  name   = "${var.name}/${each.key}"
  filter = "${local.services} AND jsonPayload.metric=\"${each.value.metric}\"${each.value.value == null ? "" : " AND jsonPayload.${each.value.value}>0"}"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.value == null ? "1" : "us"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(jsonPayload.${field})" }
  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"

  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [1]
    content {
      exponential_buckets {
        num_finite_buckets = 40
        growth_factor      = 1.5
        scale              = 100
      }
    }
  }

  depends_on = [google_project_service.needed]
}
