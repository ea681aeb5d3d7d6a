"""Features of pictures and texts: read, encoded as a stream, kept by content and checkpoint. Imports no torch."""
