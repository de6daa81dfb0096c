package io.fairlead.registry;

import io.fairlead.registry.external.ExternalConfig;

/** What a kind of target needs besides the rules all targets have. */
public sealed interface TargetSettings {
  /** The word under {@code kind}. */
  String kind();

  /** Accounts and keys that may use the proxy. */
  record ProxyUsers() implements TargetSettings {
    @Override
    public String kind() {
      return "proxy_users";
    }
  }

  /** The endpoints of an upstream. */
  record Upstream(String upstream) implements TargetSettings {
    @Override
    public String kind() {
      return "upstream";
    }
  }

  /** A list in the configuration file of another program. */
  record External(ExternalConfig config) implements TargetSettings {
    @Override
    public String kind() {
      return "external_config";
    }
  }

  /**
   * A dial list: the members of a named upstream, with {@code registry.subscribe} as local list.
   */
  record Subscribe(String upstream) implements TargetSettings {
    @Override
    public String kind() {
      return "subscribe";
    }
  }
}
