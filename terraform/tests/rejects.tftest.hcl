# Each validation, seen to refuse.
variables {
  project_id = "a-project"
  region     = "europe-west1"
  whatsapp   = { waba_ids = ["102290129340398"], phone_number_ids = ["106540352242922"] }
}

run "rejects_a_project_by_its_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "rejects_a_zone_for_a_region" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "rejects_a_name_that_is_too_long" {
  command = plan

  variables {
    name = "a-name-that-is-far-too-long"
  }

  expect_failures = [var.name]
}

run "rejects_an_image_by_its_tag" {
  command = plan

  variables {
    image = "europe-west1-docker.pkg.dev/a-project/wabridge/wabridge:latest"
  }

  expect_failures = [var.image]
}

run "rejects_no_account" {
  command = plan

  variables {
    whatsapp = { waba_ids = [], phone_number_ids = ["106540352242922"] }
  }

  expect_failures = [var.whatsapp]
}

run "rejects_a_phone_number_for_its_id" {
  command = plan

  variables {
    whatsapp = { waba_ids = ["102290129340398"], phone_number_ids = ["+16505551234"] }
  }

  expect_failures = [var.whatsapp]
}

run "rejects_a_version_without_v" {
  command = plan

  variables {
    whatsapp = { waba_ids = ["102290129340398"], phone_number_ids = ["106540352242922"], api_version = "25" }
  }

  expect_failures = [var.whatsapp]
}

run "rejects_foreign_events_that_are_neither" {
  command = plan

  variables {
    whatsapp = { waba_ids = ["102290129340398"], phone_number_ids = ["106540352242922"], foreign_events = "drop" }
  }

  expect_failures = [var.whatsapp]
}

run "rejects_a_bot_file_that_is_not_there" {
  command = plan

  variables {
    bot_file = "no-such-bot.yaml"
  }

  expect_failures = [var.bot_file]
}

run "rejects_a_receiver_of_no_instances" {
  command = plan

  variables {
    receiver = { min_instances = 0, max_instances = 0 }
  }

  expect_failures = [var.receiver]
}

run "rejects_a_consumer_with_more_at_least_than_at_most" {
  command = plan

  variables {
    consumer = { min_instances = 3, max_instances = 2 }
  }

  expect_failures = [var.consumer]
}

run "rejects_a_rate_of_nothing" {
  command = plan

  variables {
    sending = { rate = 0 }
  }

  expect_failures = [var.sending]
}

run "rejects_a_retention_shorter_than_metas_redelivery" {
  command = plan

  variables {
    retention_days = 7
  }

  expect_failures = [var.retention_days]
}

run "rejects_an_address_without_a_domain" {
  command = plan

  variables {
    alerts = { email = "ops" }
  }

  expect_failures = [var.alerts]
}

run "rejects_more_quiet_hours_than_monitoring_sees" {
  command = plan

  variables {
    alerts = { quiet_hours = 24 }
  }

  expect_failures = [var.alerts]
}

run "rejects_a_label_in_capitals" {
  command = plan

  variables {
    labels = { Team = "a" }
  }

  expect_failures = [var.labels]
}


run "rejects_a_url_with_a_path" {
  command = plan

  variables {
    receiver = { url = "https://bot.example.com/webhooks/whatsapp" }
  }

  expect_failures = [var.receiver]
}

run "rejects_one_id_for_account_and_number" {
  command = plan

  variables {
    whatsapp = { waba_ids = ["106540352242922"], phone_number_ids = ["106540352242922"] }
  }

  expect_failures = [var.whatsapp]
}
