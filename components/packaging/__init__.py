"""Code and the packages that it needs, as an archive: the same sources make the same bytes everywhere."""
