package io.fairlead.registry;

import io.fairlead.core.access.Membership;
import io.fairlead.registry.external.ExternalConfig;
import java.util.Locale;

/** What a kind of target needs besides the rules all targets have. */
public sealed interface TargetSettings {
  /** The word under {@code kind}. */
  String kind();

  /**
   * Who may use something: entries by their key or account.
   *
   * @param use what for
   */
  record Members(Membership.Use use) implements TargetSettings {
    @Override
    public String kind() {
      return use.name().toLowerCase(Locale.ROOT);
    }
  }

  /** The endpoints of an upstream. */
  record Upstream(String upstream) implements TargetSettings {
    @Override
    public String kind() {
      return "upstream";
    }
  }

  /** Relays to choose from. */
  record Relays() implements TargetSettings {
    @Override
    public String kind() {
      return "relay_candidates";
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
