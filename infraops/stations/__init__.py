"""One file a station, and one for `infraops exec`; what stations share lies in the rooms below them."""
