"""What leaves the machine, and only after the user asked for it: to a site at Netlify, or to an address of theirs."""
