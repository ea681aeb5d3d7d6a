"""What a picture shows, told by rule: its things, their colours and places, against what its prompt asked for."""
