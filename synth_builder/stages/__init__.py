"""Generation stages: one file, one prompt, one async function from a row to rows each."""
