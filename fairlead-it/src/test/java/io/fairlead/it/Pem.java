package io.fairlead.it;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;

/** A certificate for {@code localhost} and 127.0.0.1 that vouches for itself, and its key. */
record Pem(Path cert, Path key) {
  /** Makes {@code name.crt} and {@code name.key} with the openssl program. */
  static Pem selfMade(Path dir, String name) throws IOException, InterruptedException {
    Pem pem = new Pem(dir.resolve(name + ".crt"), dir.resolve(name + ".key"));
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        pem.key.toString(),
        "-out",
        pem.cert.toString());
    return pem;
  }

  /** The SHA-512-crypt line of a password, as password files hold it. */
  static String passwordHash(String password) throws IOException, InterruptedException {
    return openssl("passwd", "-6", "-salt", "fairlead", password).strip();
  }

  private static String openssl(String... arguments) throws IOException, InterruptedException {
    String[] command =
        Stream.concat(Stream.of(Peers.require("openssl").toString()), Arrays.stream(arguments))
            .toArray(String[]::new);
    try (Proc openssl = Proc.start(command)) {
      int exit = openssl.awaitExit(Duration.ofSeconds(30));
      if (exit != 0) throw new AssertionError("openssl exit " + exit + ": " + openssl.stderr());
      return openssl.stdout();
    }
  }
}
