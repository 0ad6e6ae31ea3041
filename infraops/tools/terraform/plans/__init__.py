"""What a plan would do: the model of it, its canonical effect, and its document for prices and rules."""
