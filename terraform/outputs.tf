locals {
  receiver_url   = one(google_cloud_run_v2_service.receiver[*].uri)
  webhook_url    = local.receiver_url == null ? null : "${coalesce(var.receiver.url, local.receiver_url)}/webhooks/whatsapp"
  consumer_url   = one(google_cloud_run_v2_service.consumer[*].uri)
  repository     = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
  secret_command = { for key, secret in google_secret_manager_secret.whatsapp : key => "gcloud secrets versions add ${secret.secret_id} --project=${var.project_id} --data-file=-" }

  image_digest_command = "gcloud artifacts docker images describe ${local.repository}/wabridge:latest --project=${var.project_id} --format='value(image_summary.fully_qualified_digest)'"

  first_steps = [
    "# The image: build and push it, some minutes",
    "gcloud builds submit --project=${var.project_id} --config=../cloudbuild.yaml --substitutions=_IMAGE=${local.repository}/wabridge ..",
    "# The app secret (Meta App Dashboard, App settings, Basic): paste it, then Enter and Ctrl-D",
    local.secret_command["app-secret"],
    "# The access token, of a system user, that does not expire: the same",
    local.secret_command["access-token"],
    "# A verify token of your own",
    "openssl rand -hex 16 | ${local.secret_command["verify-token"]}",
    "# What it prints into terraform.tfvars, as image = \"…\"; then terraform apply again",
    local.image_digest_command,
  ]

  # Its lines reach the log some seconds after its end; those of an earlier run are not asked for.
  doctor_command = local.deployed ? [
    "since=$(date -u +%Y-%m-%dT%H:%M:%SZ);",
    "gcloud run jobs execute ${google_cloud_run_v2_job.doctor[0].name} --project=${var.project_id} --region=${var.region} --wait;",
    "code=$?; sleep 10;",
    "gcloud logging read \"resource.type=cloud_run_job AND resource.labels.job_name=${google_cloud_run_v2_job.doctor[0].name} AND timestamp>=\\\"$since\\\"\" --project=${var.project_id} --order=asc --format='value(textPayload)';",
    "(exit $code)",
  ] : []

  last_steps = [
    "# Meta App Dashboard, WhatsApp, Configuration: this callback URL and verify token; then the field messages",
    "terraform output webhook_url",
    "eval \"$(terraform output -raw verify_token_command)\"",
    "# Have the account's webhooks sent to the app, once (cargo install --path .. makes the program)",
    "WHATSAPP_WABA_ID=${join(",", sort(var.whatsapp.waba_ids))} WHATSAPP_ACCESS_TOKEN=\"$(gcloud secrets versions access latest --secret=${google_secret_manager_secret.whatsapp["access-token"].secret_id} --project=${var.project_id})\" wabridge subscribe",
    "# Is all well?",
    "eval \"$(terraform output -raw doctor_command)\"",
    "# Write to your number, and look",
    "gcloud run services logs read ${var.name}-receiver --project=${var.project_id} --region=${var.region}",
  ]
}

output "webhook_url" {
  description = "The callback URL for Meta."
  value       = local.webhook_url
}

output "verify_token_command" {
  description = "Prints the verify token for Meta."
  value       = "gcloud secrets versions access latest --secret=${google_secret_manager_secret.whatsapp["verify-token"].secret_id} --project=${var.project_id}"
}

output "consumer_url" {
  description = "The consumer, for calls from inside the project."
  value       = local.consumer_url
}

output "image_repository" {
  description = "Where the image is pushed to."
  value       = local.repository
}

output "next_steps" {
  description = "What is still to be done, in this order: terraform output -raw next_steps."
  value       = join("\n", local.deployed ? local.last_steps : local.first_steps)
}

output "operator_environment" {
  description = "For commands on your own machine: eval \"$(terraform output -raw operator_environment)\"."
  value       = join("\n", [for name, value in merge(local.environment, local.ids, { WABRIDGE_MEDIA_BUCKET = google_storage_bucket.media.name }) : "export ${name}='${value}'"])
}

output "doctor_command" {
  description = "Looks for what keeps the service from working, and prints what it found: eval \"$(terraform output -raw doctor_command)\"."
  value       = local.deployed ? join(" ", local.doctor_command) : null
}

output "dashboard_url" {
  description = "What to look at first."
  value       = "https://console.cloud.google.com/monitoring/dashboards/builder/${basename(google_monitoring_dashboard.service.id)}?project=${var.project_id}"
}

output "topic" {
  description = "Every event is published here."
  value       = google_pubsub_topic.events.id
}

output "subscriptions" {
  description = "Those of the consumer, by lane."
  value       = { for lane, subscription in google_pubsub_subscription.lane : lane => subscription.id }
}

output "dead_letter_subscription" {
  description = "What nobody could handle."
  value       = google_pubsub_subscription.unhandled.id
}

output "firestore_database" {
  description = "The database of all records."
  value       = google_firestore_database.records.name
}

output "media_bucket" {
  description = "Where downloaded media are."
  value       = google_storage_bucket.media.name
}

output "bot_object" {
  description = "Where the bot file is."
  value       = "gs://${google_storage_bucket.bot.name}/${local.bot_object}"
}

output "service_accounts" {
  description = "Who does what."
  value       = { receiver = google_service_account.receiver.email, consumer = google_service_account.consumer.email, doctor = google_service_account.doctor.email, caller = google_service_account.caller.email }
}

output "secret_names" {
  description = "The secrets, by what they hold."
  value       = { for key, secret in google_secret_manager_secret.whatsapp : key => secret.secret_id }
}

output "logs_url" {
  description = "The logs of all parts."
  value       = "https://console.cloud.google.com/logs/query;query=${urlencode("resource.type=\"cloud_run_revision\" resource.labels.service_name=~\"^${var.name}-\"")}?project=${var.project_id}"
}
