# Everything that can be said, with what it is when it is not said where it is optional.
project_id = "your-project"
region     = "europe-west1"
name       = "wabridge"
image      = "europe-west1-docker.pkg.dev/your-project/wabridge/wabridge@sha256:0000000000000000000000000000000000000000000000000000000000000000"

whatsapp = {
  waba_ids         = ["102290129340398"]
  phone_number_ids = ["106540352242922", "106540352242923"]
  api_version      = "v25.0"
  foreign_events   = "reject"
}

bot_file = "../bot.yaml"

receiver = { min_instances = 1, max_instances = 10, cpu = "1", memory = "512Mi" }
consumer = { min_instances = 0, max_instances = 10, cpu = "1", memory = "512Mi" }
sending  = { rate = 80, concurrency = 32 }

retention_days = 30
alerts         = { email = "ops@example.com", quiet_hours = 23 }
protect        = true
labels         = { team = "support" }
