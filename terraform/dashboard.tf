# What an operator looks at first: terraform output dashboard_url.
locals {
  run_metric = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"${var.name}-(receiver|consumer)\")"

  # One line for each value of the label. rate: per minute. percentiles: of a distribution, in its unit.
  charts = [
    { title = "Deliveries by status", filter = local.log_metric["webhooks"], by = "metric.label.status", kind = "rate", line = null },
    { title = "Deliveries refused, by code", filter = "${local.log_metric["webhooks"]} AND metric.labels.status!=\"200\"", by = "metric.label.code", kind = "rate", line = null },
    { title = "Answer to Meta, µs (Meta wants half of them within 250 ms)", filter = local.log_metric["webhook_latency"], by = null, kind = "percentiles", line = 250000 },
    { title = "Oldest event that waits, s", filter = local.backlog, by = "resource.label.subscription_id", kind = "highest", line = 120 },
    { title = "Events that nobody could handle", filter = local.unhandled, by = null, kind = "highest", line = null },
    { title = "Turns given up", filter = local.log_metric["dead_letters"], by = null, kind = "rate", line = null },
    { title = "Routes", filter = local.log_metric["decisions"], by = "metric.label.route", kind = "rate", line = null },
    { title = "Attempts to send, by class", filter = local.log_metric["sends"], by = "metric.label.class", kind = "rate", line = null },
    { title = "Meta's answer to a send, µs", filter = local.log_metric["send_latency"], by = null, kind = "percentiles", line = null },
    { title = "Statuses", filter = local.log_metric["statuses"], by = "metric.label.kind", kind = "rate", line = null },
    { title = "Billed messages, by category", filter = local.log_metric["billed"], by = "metric.label.category", kind = "rate", line = null },
    { title = "Instances", filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND ${local.run_metric}", by = "resource.label.service_name", kind = "highest", line = null },
    { title = "CPU, share of what an instance has", filter = "metric.type=\"run.googleapis.com/container/cpu/utilizations\" AND ${local.run_metric}", by = "resource.label.service_name", kind = "upper", line = null },
  ]

  # How each kind is drawn: name of the line, alignment, reduction.
  drawn = {
    rate        = [{ name = "", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", scale = "60s" }]
    highest     = [{ name = "", aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", scale = "60s" }]
    upper       = [{ name = "", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", scale = "60s" }]
    percentiles = [for share in ["50", "95", "99"] : { name = "p${share}", aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_${share}", scale = "300s" }]
  }
}

resource "google_monitoring_dashboard" "service" {
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 12
      # What is empty or 0 is left out: Monitoring leaves it out too, and would otherwise differ at every plan.
      tiles = [for place, chart in local.charts : merge(
        place % 3 == 0 ? {} : { xPos = (place % 3) * 4 },
        place < 3 ? {} : { yPos = floor(place / 3) * 3 },
        {
          width  = 4
          height = 3
          widget = {
            title = chart.title
            xyChart = merge(chart.line == null ? {} : { thresholds = [{ value = chart.line }] }, {
              dataSets = [for line in local.drawn[chart.kind] : merge(line.name == "" ? {} : { legendTemplate = line.name }, {
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = merge(chart.by == null ? {} : { groupByFields = [chart.by] }, {
                      alignmentPeriod    = line.scale
                      perSeriesAligner   = line.aligner
                      crossSeriesReducer = line.reducer
                    })
                  }
                }
              })]
            })
          }
        }
      )]
    }
  })

  depends_on = [google_project_service.needed]
}
