variable "project_id" {
  description = "The Google Cloud project, by its id."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "Write the project's id, not its name or number: gcloud config get project."
  }
}

variable "region" {
  description = "Where everything runs and is kept. It cannot be changed later: the database stays where it is."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Write a region of Cloud Run, such as europe-west1: gcloud run regions list."
  }
}

variable "name" {
  description = "What everything is called by, so that several can live in one project."
  type        = string
  default     = "wabridge"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,18}[a-z0-9]$", var.name))
    error_message = "Write 4 to 20 small letters, digits and hyphens, a letter first."
  }
}

variable "image" {
  description = "The container image by its digest. Left out at the first apply, which makes the registry to push it to."
  type        = string
  default     = null

  validation {
    condition     = var.image == null || can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Write the image with its digest, …/wabridge@sha256:…, so that what runs is what was built: the output next_steps prints the command."
  }
}

variable "whatsapp" {
  description = "Whose webhooks are taken (ids of WhatsApp Business Accounts and of phone numbers, not phone numbers), and which Graph API is called."
  type = object({
    waba_ids         = set(string)
    phone_number_ids = set(string)
    api_version      = optional(string, "v25.0")
    foreign_events   = optional(string, "reject")
  })

  validation {
    condition     = length(var.whatsapp.waba_ids) > 0 && alltrue([for id in var.whatsapp.waba_ids : can(regex("^[0-9]{8,20}$", id))])
    error_message = "waba_ids: write at least one id, digits only: WhatsApp Manager → Account tools → Phone numbers shows it beside the account's name."
  }

  validation {
    condition     = length(var.whatsapp.phone_number_ids) > 0 && alltrue([for id in var.whatsapp.phone_number_ids : can(regex("^[0-9]{8,20}$", id))])
    error_message = "phone_number_ids: write at least one id, digits only. It is not the phone number: Meta App Dashboard → WhatsApp → API Setup."
  }

  validation {
    condition     = length(setintersection(var.whatsapp.waba_ids, var.whatsapp.phone_number_ids)) == 0
    error_message = "An id stands in waba_ids and in phone_number_ids: the account and its number have ids of their own."
  }

  validation {
    condition     = can(regex("^v[0-9]{2}\\.0$", var.whatsapp.api_version))
    error_message = "api_version: write a version of the Graph API, such as v25.0."
  }

  validation {
    condition     = contains(["reject", "quarantine"], var.whatsapp.foreign_events)
    error_message = "foreign_events: write reject (403 for deliveries that are not ours) or quarantine (200, kept aside)."
  }
}

variable "bot_file" {
  description = "The bot file, uploaded with each apply; the consumer takes it up while it runs. Left out: messages are recorded and published only."
  type        = string
  default     = null

  validation {
    condition     = var.bot_file == null || can(file(var.bot_file))
    error_message = "There is no such file: name a bot.yaml by its path from this folder, or have one written: wabridge init"
  }
}

variable "receiver" {
  description = "How the public service scales, and its address where that is not Cloud Run's own (a domain of yours). One instance that is always there answers Meta without a cold start."
  type = object({
    url           = optional(string)
    min_instances = optional(number, 1)
    max_instances = optional(number, 10)
    cpu           = optional(string, "1")
    memory        = optional(string, "512Mi")
  })
  default = {}

  validation {
    condition     = var.receiver.min_instances >= 0 && var.receiver.max_instances >= max(1, var.receiver.min_instances)
    error_message = "receiver: min_instances is at least 0, max_instances at least 1 and not less than min_instances."
  }

  validation {
    condition     = var.receiver.url == null || can(regex("^https://[^/]+$", var.receiver.url))
    error_message = "receiver.url: write https:// and the host alone, or leave it out."
  }
}

variable "consumer" {
  description = "How the service that answers scales. It is called by Pub/Sub and Cloud Scheduler alone."
  type = object({
    min_instances = optional(number, 0)
    max_instances = optional(number, 10)
    cpu           = optional(string, "1")
    memory        = optional(string, "512Mi")
  })
  default = {}

  validation {
    condition     = var.consumer.min_instances >= 0 && var.consumer.max_instances >= max(1, var.consumer.min_instances)
    error_message = "consumer: min_instances is at least 0, max_instances at least 1 and not less than min_instances."
  }
}

variable "sending" {
  description = "For each business number and consumer instance: messages per second, and messages on their way at once."
  type = object({
    rate        = optional(number, 80)
    concurrency = optional(number, 32)
  })
  default = {}

  validation {
    condition     = var.sending.rate >= 1 && var.sending.rate <= 1000 && var.sending.concurrency >= 1 && var.sending.concurrency <= 512
    error_message = "sending: rate is 1 to 1000 (Meta's limit for a number; 20 where the phone app is used beside), concurrency 1 to 512."
  }
}

variable "retention_days" {
  description = "After how many days records and media are deleted."
  type        = number
  default     = 30

  validation {
    condition     = var.retention_days >= 15 && var.retention_days <= 3650 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days: write 15 to 3650 whole days; Meta delivers again for 7 days, and what is forgotten earlier would be answered twice."
  }
}

variable "alerts" {
  description = "Whom to tell when something is wrong. Without an e-mail address the alerts are there and tell nobody."
  type = object({
    email       = optional(string)
    quiet_hours = optional(number, 23)
  })
  default = {}

  validation {
    condition     = var.alerts.email == null || can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alerts.email))
    error_message = "alerts.email: write an e-mail address, or leave it out."
  }

  validation {
    condition     = var.alerts.quiet_hours >= 1 && var.alerts.quiet_hours <= 23
    error_message = "alerts.quiet_hours: write 1 to 23: Cloud Monitoring looks back no further."
  }
}

variable "protect" {
  description = "Whether the database and the services refuse to be destroyed. Set it to false and apply before terraform destroy."
  type        = bool
  default     = true
}

variable "labels" {
  description = "Labels of everything that takes labels."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: write small letters, digits, _ and -, at most 63, keys with a letter first."
  }
}
