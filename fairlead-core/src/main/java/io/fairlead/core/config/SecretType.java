package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.unit.Secret;
import java.util.Map;

/** Secrets: from a file, the environment, a credential, or marked {@code !secret}. */
final class SecretType extends ScalarType<Secret> {
  @Override
  boolean secret() {
    return true;
  }

  @Override
  Outcome<Secret> parse(Scalar scalar, ReadContext context) {
    if (scalar.text().isEmpty()) {
      return new Outcome.Bad<>(Codes.BAD_TEXT, "is empty", "an empty secret protects nothing");
    }
    if (scalar.text().equals("***")) {
      return new Outcome.Bad<>(
          Codes.BAD_TEXT,
          "is what stands for a hidden secret, not one",
          "write the secret, or a reference to it");
    }
    if (!scalar.tagged() && !scalar.substituted()) {
      context.warn(
          scalar,
          Codes.LITERAL_SECRET,
          "`" + context.id() + "` holds a secret in the file itself",
          "move it to a file: ${file:PATH}; or mark it: !secret …");
    }
    return new Outcome.Good<>(Secret.of(scalar.text()));
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "minLength", 1L, "writeOnly", true, "x-secret", true);
  }

  @Override
  public String describe() {
    return "a secret, as ${file:PATH}, ${env:NAME}, ${cred:NAME} or !secret …";
  }

  @Override
  public Object print(Secret value) {
    return value;
  }
}
