# Rendered by infraops. Changes made here are lost: the blueprint and its template are the source.

terraform {
  backend "http" {}
}

module "service" {
  source = "../../../templates/trial-1.0/terraform/lab"
}
