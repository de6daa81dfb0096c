package io.fairlead.core.config;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Node.Scalar;
import java.nio.file.InvalidPathException;
import java.util.Map;
import java.util.Optional;

/** Where to listen. A relative socket path is relative to the folder of the file that names it. */
final class ListenAddressType extends ScalarType<ListenAddress> {
  @Override
  Outcome<ListenAddress> parse(Scalar scalar, ReadContext context) {
    Optional<ListenAddress> address = ListenAddress.parse(scalar.text());
    if (address.isEmpty()) {
      boolean port = scalar.text().matches("[0-9]{1,5}");
      return new Outcome.Bad<>(
          Codes.BAD_ADDRESS,
          port ? "is a port without an address" : "is not an address to listen on",
          port
              ? Outcome.literal(
                  scalar, "did you mean `\":" + scalar.text() + "\"`? (loopback)", describe())
              : "expected " + describe());
    }
    if (address.get() instanceof ListenAddress.Unix(String path)) {
      try {
        String file = context.baseDirOf(scalar).resolve(path).normalize().toString();
        return new Outcome.Good<>(new ListenAddress.Unix(file));
      } catch (InvalidPathException notAPath) {
        return new Outcome.Bad<>(Codes.BAD_PATH, "is not a file path", "");
      }
    }
    return new Outcome.Good<>(address.get());
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "pattern", "^(.*:[0-9]{1,5}|unix:[./].+)$");
  }

  @Override
  public String describe() {
    return "an address such as 0.0.0.0:8080, \":8080\" (loopback), [::]:8080 or unix:/path";
  }
}
