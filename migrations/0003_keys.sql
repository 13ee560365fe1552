-- Secrets of the installation itself, not of a household: sealed by the master key, made on first use.
CREATE TABLE installation_keys (
  name TEXT NOT NULL PRIMARY KEY,          -- 'vapid': the key that signs to push services (P-256, PKCS #8)
  sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
