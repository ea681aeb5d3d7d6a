"""The Studio: named generators, guided by pictures, between two ends, or by sums of prompts and pictures."""
