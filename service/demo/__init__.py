"""The demo company: a sales organization whose history is made up from published sales OKRs."""
