"""The ground floor: what every app may import. It imports none of them and knows nothing of Divan."""
