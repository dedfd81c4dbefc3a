"""The canonical API of accounts: views, serializers, permissions and examples."""
