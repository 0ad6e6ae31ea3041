provider "infraops.local/infraops/lab" {
  version     = "1.0.0"
  constraints = "1.0.0"
  hashes = [
    "h1:mMnWZFH0med9/e2+pAsAAelDJXGx36u+bnrmNKYfUFk=",
  ]
}
