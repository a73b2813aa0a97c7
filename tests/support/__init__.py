"""What tests share: builders and the services they talk to. Found from tests/, so `import support`."""
