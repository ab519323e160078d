# How the parts are joined: one run for each rule.
variables {
  project_id = "a-project"
  region     = "europe-west1"
  whatsapp   = { waba_ids = ["222222222222", "111111111111"], phone_number_ids = ["106540352242922"] }
  image      = "europe-west1-docker.pkg.dev/a-project/wabridge/wabridge@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  bot_file   = "tests/bot.yaml"
  alerts     = { email = "ops@example.com" }
  protect    = false
}

run "without_an_image_there_is_everything_but_what_runs_it" {
  command = plan

  variables {
    image = null
  }

  assert {
    condition     = length(google_cloud_run_v2_service.receiver) == 0 && length(google_cloud_run_v2_service.consumer) == 0 && length(google_pubsub_subscription.lane) == 0
    error_message = "Nothing can run without an image."
  }

  assert {
    condition     = length(google_secret_manager_secret.whatsapp) == 3 && strcontains(output.next_steps, "gcloud builds submit")
    error_message = "The secrets are there to be filled, and the steps say how the image comes to be."
  }
}

run "the_receiver_is_open_and_the_consumer_is_not" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service.receiver[0].ingress == "INGRESS_TRAFFIC_ALL" && google_cloud_run_v2_service.receiver[0].invoker_iam_disabled
    error_message = "Meta calls the receiver without a token of Google's."
  }

  assert {
    condition     = google_cloud_run_v2_service.consumer[0].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    error_message = "Only this project calls the consumer."
  }

  assert {
    condition     = google_cloud_run_v2_service.consumer[0].invoker_iam_disabled
    error_message = "The consumer checks tokens itself: Cloud Run's check would take their signature off."
  }
}

run "each_service_runs_its_own_command_as_its_own_account" {
  command = apply

  assert {
    condition     = google_cloud_run_v2_service.receiver[0].template[0].containers[0].args[0] == "receive" && google_cloud_run_v2_service.consumer[0].template[0].containers[0].args[0] == "consume"
    error_message = "One image, two commands."
  }

  assert {
    condition     = google_cloud_run_v2_service.receiver[0].template[0].service_account == google_service_account.receiver.email && google_cloud_run_v2_service.consumer[0].template[0].service_account == google_service_account.consumer.email
    error_message = "Each service has an account of its own."
  }
}

run "secrets_come_as_files_and_each_service_reads_only_its_own" {
  command = apply

  assert {
    condition     = toset([for env in google_cloud_run_v2_service.receiver[0].template[0].containers[0].env : env.name if endswith(env.name, "_FILE")]) == toset(["WHATSAPP_APP_SECRET_FILE", "WHATSAPP_VERIFY_TOKEN_FILE"])
    error_message = "The receiver reads app secret and verify token, from files."
  }

  assert {
    condition     = toset([for env in google_cloud_run_v2_service.consumer[0].template[0].containers[0].env : env.name if endswith(env.name, "_FILE")]) == toset(["WHATSAPP_ACCESS_TOKEN_FILE"])
    error_message = "The consumer reads the access token alone, from a file."
  }

  assert {
    condition     = google_secret_manager_secret_iam_member.reads["access-token"].member == google_service_account.consumer.member && google_secret_manager_secret_iam_member.reads["app-secret"].member == google_service_account.receiver.member
    error_message = "Each secret has one service that reads it."
  }
}

run "the_ids_are_those_of_whatsapp" {
  command = plan

  assert {
    condition     = anytrue([for env in google_cloud_run_v2_service.receiver[0].template[0].containers[0].env : env.name == "WHATSAPP_WABA_ID" && env.value == "111111111111,222222222222"])
    error_message = "The receiver knows its accounts, in an order that stays."
  }
}

run "each_lane_is_filtered_and_pushed_to_its_own_path_with_a_token" {
  command = apply

  assert {
    condition     = alltrue([for lane, subscription in google_pubsub_subscription.lane : subscription.filter == "attributes.lane = \"${lane}\"" && endswith(subscription.push_config[0].push_endpoint, "/pubsub/push/${lane}")])
    error_message = "Filter and path are of one lane."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.lane : subscription.push_config[0].oidc_token[0].audience == local.consumer_environment.WABRIDGE_PUSH_AUDIENCE && subscription.push_config[0].oidc_token[0].service_account_email == local.consumer_environment.WABRIDGE_PUSH_SERVICE_ACCOUNT])
    error_message = "The consumer expects the token that Pub/Sub sends."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.lane : subscription.expiration_policy[0].ttl == "" && subscription.retry_policy[0].minimum_backoff == "10s" && subscription.ack_deadline_seconds == 180])
    error_message = "A subscription never expires, backs off, and waits as long as a turn may last."
  }
}

run "what_nobody_can_handle_is_kept_and_may_be_moved_there" {
  command = apply

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.lane : subscription.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.unhandled.id])
    error_message = "Each lane has a dead-letter topic."
  }

  assert {
    condition     = google_pubsub_subscription.unhandled.topic == google_pubsub_topic.unhandled.id && google_pubsub_subscription.unhandled.expiration_policy[0].ttl == ""
    error_message = "A dead-letter topic without a subscription keeps nothing."
  }

  assert {
    condition     = google_pubsub_topic_iam_member.unhandled.member == local.pubsub_agent && length(google_pubsub_subscription_iam_member.moves) == 2
    error_message = "Pub/Sub's own account must publish there and acknowledge here."
  }
}

run "the_wake_has_the_same_token" {
  command = apply

  assert {
    condition     = google_cloud_scheduler_job.wake[0].http_target[0].oidc_token[0].audience == local.push_audience && endswith(google_cloud_scheduler_job.wake[0].http_target[0].uri, "/internal/wake")
    error_message = "Cloud Scheduler calls /internal/wake with a token for the consumer."
  }
}

run "what_holds_personal_data_expires" {
  command = plan

  assert {
    condition     = toset(keys(google_firestore_field.expiry)) == local.expiring && alltrue([for field in google_firestore_field.expiry : length(field.ttl_config) == 1])
    error_message = "Each collection with expire_at has a TTL policy."
  }

  assert {
    condition     = one([for rule in google_storage_bucket.media.lifecycle_rule : one(rule.condition).age if one(rule.action).type == "Delete"]) == 30
    error_message = "Media go when records go."
  }
}

run "nothing_is_public_but_the_receiver" {
  command = plan

  assert {
    condition     = google_storage_bucket.media.public_access_prevention == "enforced" && google_storage_bucket.bot.public_access_prevention == "enforced"
    error_message = "Buckets are never public."
  }
}

run "the_bot_file_is_where_the_consumer_looks" {
  command = apply

  assert {
    condition     = google_storage_bucket_object.bot[0].name == "bot.yaml" && local.consumer_environment.WABRIDGE_BOT == "/etc/wabridge/bot.yaml" && one([for volume in google_cloud_run_v2_service.consumer[0].template[0].volumes : volume.gcs[0].bucket if volume.name == "bot"]) == google_storage_bucket.bot.name
    error_message = "The bucket with the bot file is mounted where the consumer looks."
  }
}

run "without_a_bot_file_it_records_only" {
  command = plan

  variables {
    bot_file = null
  }

  assert {
    condition     = local.consumer_environment.WABRIDGE_BOT == "none" && length(google_storage_bucket_object.bot) == 0
    error_message = "Without a bot file nothing is answered."
  }
}

run "every_alert_says_what_to_do_first_and_reaches_somebody" {
  command = apply

  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.alert : length(alert.documentation[0].content) > 20 && length(alert.notification_channels) == 1]) && length(google_monitoring_alert_policy.silence.notification_channels) == 1
    error_message = "An alert that nobody gets, or that leaves them alone, is none."
  }
}

run "it_is_protected_until_it_is_said_otherwise" {
  command = plan

  variables {
    protect = true
  }

  assert {
    condition     = google_firestore_database.records.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_cloud_run_v2_service.receiver[0].deletion_protection
    error_message = "Destroying takes two steps."
  }
}

run "the_doctor_looks_at_everything_and_can_change_nothing" {
  command = apply

  assert {
    condition     = google_cloud_run_v2_job.doctor[0].template[0].template[0].containers[0].args[0] == "doctor" && google_cloud_run_v2_job.doctor[0].template[0].template[0].containers[0].args[2] == output.webhook_url
    error_message = "It asks the receiver as Meta does."
  }

  assert {
    condition     = alltrue([for grant in concat(values(google_pubsub_topic_iam_member.examines), values(google_pubsub_subscription_iam_member.examines)) : grant.role == "roles/pubsub.viewer"]) && google_storage_bucket_iam_member.examines_media.role == "roles/storage.legacyBucketReader"
    error_message = "It only looks."
  }

  assert {
    condition     = google_project_iam_member.examines_records.role == "roles/datastore.viewer" && length(google_secret_manager_secret_iam_member.examines) == 3
    error_message = "It reads records, and compares all three secrets with Meta's side."
  }

  assert {
    condition     = google_cloud_run_v2_job.doctor[0].template[0].template[0].max_retries == 0 && strcontains(output.doctor_command, "gcloud run jobs execute wabridge-doctor")
    error_message = "It is run by hand, once."
  }
}

run "the_dashboard_shows_the_line_that_meta_draws" {
  command = apply

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.service.dashboard_json).mosaicLayout.tiles) >= 10 && strcontains(google_monitoring_dashboard.service.dashboard_json, "250000")
    error_message = "Half of the deliveries must be answered within 250 ms."
  }

  assert {
    condition     = strcontains(output.dashboard_url, "/monitoring/dashboards/builder/") && strcontains(google_monitoring_dashboard.service.dashboard_json, "wabridge/webhooks") && !strcontains(google_monitoring_dashboard.service.dashboard_json, "null")
    error_message = "It counts what the log says."
  }
}

run "refuses_a_secret_without_a_value" {
  command = plan

  override_data {
    target = data.google_secret_manager_secret_version.newest["access-token"]
    values = {
      enabled = false
    }
  }

  expect_failures = [data.google_secret_manager_secret_version.newest]
}

run "no_value_of_a_secret_is_in_the_state" {
  command = apply

  assert {
    condition     = alltrue([for version in data.google_secret_manager_secret_version.newest : version.fetch_secret_data == false])
    error_message = "Terraform asks whether there is a value, and not which."
  }
}

run "the_first_delivery_waits_for_no_start_and_images_are_cleaned_up" {
  command = apply

  assert {
    condition     = google_cloud_run_v2_service.receiver[0].template[0].scaling[0].min_instance_count == 1 && google_cloud_run_v2_service.receiver[0].template[0].containers[0].resources[0].cpu_idle
    error_message = "One receiver is always there, billed by request."
  }

  assert {
    condition     = toset([for policy in google_artifact_registry_repository.images.cleanup_policies : policy.action]) == toset(["KEEP", "DELETE"])
    error_message = "Old images go, the newest stay."
  }

  assert {
    condition     = length(google_monitoring_alert_policy.alert) + 2 >= 10 && length(google_monitoring_uptime_check_config.receiver) == 1 && length(google_monitoring_notification_channel.email) == 1 && length(google_logging_metric.log) >= 10
    error_message = "Alerts, the look from outside, whom to tell, and what is counted."
  }

  assert {
    condition     = length(google_firestore_index.query) == 5 && length(google_firestore_field.exempt) > 10
    error_message = "Queries have their indexes, and what nobody searches has none."
  }
}

run "no_two_parts_share_an_account_and_none_owns_the_project" {
  command = apply

  assert {
    condition     = length(distinct([google_service_account.receiver.email, google_service_account.consumer.email, google_service_account.doctor.email, google_service_account.caller.email])) == 4
    error_message = "Each part has an account of its own."
  }

  assert {
    condition     = alltrue([for member in google_project_iam_member.records : member.role == "roles/datastore.user" && length(member.condition) == 1])
    error_message = "Services read and write this database, and no other."
  }
}

run "a_domain_of_ones_own_is_where_meta_and_the_doctor_call" {
  command = apply

  variables {
    receiver = { url = "https://bot.example.com" }
  }

  assert {
    condition     = output.webhook_url == "https://bot.example.com/webhooks/whatsapp" && google_cloud_run_v2_job.doctor[0].template[0].template[0].containers[0].args[2] == output.webhook_url
    error_message = "What is told to Meta is what is examined."
  }
}
