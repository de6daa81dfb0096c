package io.fairlead.net.auth;

import io.fairlead.core.unit.Secret;

/** What a client showed: a name and a password, neither checked. */
public record Credentials(String user, Secret password) {}
