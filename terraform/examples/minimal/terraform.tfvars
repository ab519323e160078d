# What must be said. The image comes with the second apply.
project_id = "your-project"
region     = "europe-west1"

whatsapp = {
  waba_ids         = ["102290129340398"]
  phone_number_ids = ["106540352242922"]
}
