"""The shapes of the API's answers. The OpenAPI document is generated from them, and every answer is checked."""
