"""Tables: files of people, objectives, key results and check-ins, read and turned into the commands of one act."""
