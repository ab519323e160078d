# What must be said. The image comes with the second apply.
project_id = "your-project"
region     = "europe-west1"

# Not the phone number: Meta App Dashboard, WhatsApp, API Setup shows both ids.
whatsapp = {
  waba_ids         = ["102290129340398"]
  phone_number_ids = ["106540352242922"]
}

# What answers; without it messages are only recorded. wabridge check finds its mistakes.
bot_file = "../bot.yaml"
