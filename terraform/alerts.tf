# When somebody must look, and what to do first. A line of docs/runbook.md for each.
resource "google_monitoring_notification_channel" "email" {
  count = var.alerts.email == null ? 0 : 1

  display_name = "${var.name}: ${var.alerts.email}"
  type         = "email"
  labels       = { email_address = var.alerts.email }

  depends_on = [google_project_service.needed]
}

locals {
  log_metric = { for key, metric in google_logging_metric.log : key => "metric.type=\"logging.googleapis.com/user/${metric.name}\" AND resource.type=\"cloud_run_revision\"" }
  requests   = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.name}-receiver\""
  backlog    = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\"${local.subscription}-(reply|record)\")"
  unhandled  = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.unhandled.name}\""

  # filter: what is counted. of: what it is a share of. over: how long it must be more than above.
  alerts = {
    webhooks-not-stored = {
      title = "webhooks are not stored", filter = "${local.requests} AND metric.labels.response_code_class=\"5xx\"", of = local.requests
      above = 0.01, over = "300s", every = "60s", aligner = "ALIGN_RATE", first = "The receiver's log has webhookCode not_stored and why. Meta delivers again for 7 days."
    }
    signatures-wrong = {
      title = "signatures are wrong", filter = "${local.log_metric["webhooks"]} AND metric.labels.code=\"invalid_signature\"", of = null
      above = 20, over = "0s", every = "600s", aligner = "ALIGN_SUM", first = "Was the app secret reset at Meta? Add the new one: the output secret_names has its name. All deliveries failing is that; a few are strangers."
    }
    foreign-id = {
      title = "deliveries that are not ours", filter = "${local.log_metric["webhooks"]} AND metric.labels.code=monitoring.regex.full_match(\"foreign_.*\")", of = null
      above = 0, over = "600s", every = "60s", aligner = "ALIGN_SUM", first = "The log line names the id and the variable. If it should be ours, add it to whatsapp in terraform.tfvars."
    }
    consumer-behind = {
      title = "the consumer is behind", filter = local.backlog, of = null
      above = 120, over = "0s", every = "60s", aligner = "ALIGN_MAX", first = "wabridge events list; the consumer's log. Is it at max_instances, or does Meta throttle?"
    }
    dead-letters = {
      title = "a turn was given up", filter = local.log_metric["dead_letters"], of = null
      above = 0, over = "0s", every = "60s", aligner = "ALIGN_SUM", first = "wabridge dead-letters list"
    }
    unhandled = {
      title = "events that nobody could handle", filter = local.unhandled, of = null
      above = 0, over = "0s", every = "60s", aligner = "ALIGN_MAX", first = "gcloud pubsub subscriptions pull ${google_pubsub_subscription.unhandled.name} --limit=1; the consumer's log names the event."
    }
    stopped-by-meta = {
      title = "Meta stopped us", filter = "${local.log_metric["sends"]} AND metric.labels.class=monitoring.regex.full_match(\"credentials|permission|account|restricted\")", of = null
      above = 0, over = "0s", every = "60s", aligner = "ALIGN_SUM", first = "The log line has the remedy: token, permission, payment or restriction. Nothing is lost; what waits is sent afterwards."
    }
    sends-failing = {
      title = "sends fail", filter = "${local.log_metric["sends"]} AND metric.labels.class!=\"accepted\"", of = local.log_metric["sends"]
      above = 0.05, over = "600s", every = "60s", aligner = "ALIGN_RATE", first = "wabridge dead-letters list; the field sendClass of the consumer's log."
    }
  }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = google_monitoring_notification_channel.email[*].id

  documentation {
    content   = each.value.first
    mime_type = "text/markdown"
  }

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter             = each.value.filter
      denominator_filter = each.value.of
      comparison         = "COMPARISON_GT"
      threshold_value    = each.value.above
      duration           = each.value.over

      aggregations {
        alignment_period     = each.value.every
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.aligner == "ALIGN_MAX" ? "REDUCE_MAX" : "REDUCE_SUM"
      }

      dynamic "denominator_aggregations" {
        for_each = each.value.of == null ? [] : [1]
        content {
          alignment_period     = each.value.every
          per_series_aligner   = each.value.aligner
          cross_series_reducer = "REDUCE_SUM"
        }
      }

      trigger {
        count = 1
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }
}

resource "google_monitoring_alert_policy" "silence" {
  display_name          = "${var.name}: no webhook for ${var.alerts.quiet_hours} hours"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = google_monitoring_notification_channel.email[*].id

  documentation {
    content   = "No message and no status was handled. Write to your number. If nothing comes: is the app subscribed to the account, and is the callback URL the output webhook_url? docs/guides/meta-setup.md."
    mime_type = "text/markdown"
  }

  conditions {
    display_name = "no webhook"

    condition_absent {
      # Messages and statuses of people: a test of doctor's is neither.
      filter   = "${local.log_metric["events"]} AND metric.labels.kind=monitoring.regex.full_match(\"message|status\")"
      duration = "${var.alerts.quiet_hours * 3600}s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
}

# Whether the receiver can be reached from outside.
resource "google_monitoring_uptime_check_config" "receiver" {
  count = local.deployed ? 1 : 0

  display_name = "${var.name} receiver"
  timeout      = "10s"
  period       = "300s"

  http_check {
    path         = "/health"
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = trimprefix(google_cloud_run_v2_service.receiver[0].uri, "https://") }
  }
}

resource "google_monitoring_alert_policy" "unreachable" {
  count = local.deployed ? 1 : 0

  display_name          = "${var.name}: the receiver cannot be reached"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = google_monitoring_notification_channel.email[*].id

  documentation {
    content   = "gcloud run services describe ${var.name}-receiver --region=${var.region}; Meta delivers again for 7 days."
    mime_type = "text/markdown"
  }

  conditions {
    display_name = "/health does not answer"

    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.receiver[0].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "300s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.*"]
      }

      trigger {
        count = 1
      }
    }
  }
}
