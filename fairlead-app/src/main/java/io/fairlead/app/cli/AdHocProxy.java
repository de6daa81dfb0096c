package io.fairlead.app.cli;

import io.fairlead.core.random.Randomness;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** The {@code forward} section of {@code fairlead proxy}. */
final class AdHocProxy {
  /** Iterations of a fresh hash; OWASP asks 210 000 of PBKDF2-HMAC-SHA-512. */
  private static final int ITERATIONS = 210_000;

  private AdHocProxy() {}

  /**
   * On loopback the operator's own machine is the client: private destinations and all ports are
   * allowed, except mail and the addresses of cloud metadata. Otherwise the defaults hold, and an
   * account or an address list is due.
   *
   * @param accounts USER:PASS
   * @param clients CIDR blocks that may use it; empty for all
   */
  static List<String> forward(Bind bind, List<String> accounts, List<String> clients)
      throws CommandFailure {
    List<String> yaml = new ArrayList<>();
    yaml.add("forward:");
    yaml.add("  egress:");
    yaml.add("    modes: [http, connect, socks5]");
    if (bind.loopback()) {
      yaml.add("    destinations:");
      yaml.add("      private: allow");
      yaml.add("      connect_ports: [1-24, 26-65535]");
      yaml.add("      deny: [169.254.0.0/16, \"fd00:ec2::254/128\"]");
    }
    if (!accounts.isEmpty()) {
      yaml.add("    auth:");
      yaml.add("      users:");
      for (String account : accounts) yaml.add("        " + hashed(account));
    }
    if (!clients.isEmpty()) {
      yaml.add("    acl:");
      for (String client : clients) {
        yaml.add("      - { allow: { client: " + Json.quoted(client) + " } }");
      }
      yaml.add("      - { deny: {} }");
    }
    return yaml;
  }

  /** One entry of {@code users}, with a salted hash in the form of Mosquitto's {@code $7$}. */
  private static String hashed(String account) throws CommandFailure {
    int colon = account.indexOf(':');
    if (colon < 1 || colon == account.length() - 1) {
      throw CommandFailure.usage("--auth: a name and a password are due", "write USER:PASS");
    }
    byte[] salt = Randomness.system().secureBytes(12);
    char[] password = account.substring(colon + 1).toCharArray();
    try {
      PBEKeySpec spec = new PBEKeySpec(password, salt, ITERATIONS, 512);
      byte[] hash =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512").generateSecret(spec).getEncoded();
      Base64.Encoder base64 = Base64.getEncoder();
      String text =
          "$7$%d$%s$%s"
              .formatted(ITERATIONS, base64.encodeToString(salt), base64.encodeToString(hash));
      return Json.quoted(account.substring(0, colon)) + ": !secret " + Json.quoted(text);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every JDK has PBKDF2WithHmacSHA512", missing);
    }
  }
}
