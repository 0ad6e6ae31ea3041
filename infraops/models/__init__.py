"""What things are: the words of the design as frozen types. Pure: no file, no process, no clock."""
