"""Publishing, only if configured: to a Netlify site, or to the user's own webhook."""
