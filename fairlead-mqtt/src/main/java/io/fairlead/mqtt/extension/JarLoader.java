package io.fairlead.mqtt.extension;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads classes of some jars, apart from all others: besides its own it sees the JDK, the broker's
 * interface to extensions with what its signatures name, and SLF4J. The jars are read once, so that
 * the files may be replaced while it is in use. Thread-safe.
 *
 * <p>Deviation from what the JDK's loaders do: versions of a class for single releases ({@code
 * META-INF/versions}) and signatures of jars play no part.
 */
final class JarLoader extends ClassLoader {
  /** Packages of the process that its classes see; all below them, too. */
  private static final List<String> SEEN =
      List.of("io.fairlead.mqtt.", "io.fairlead.core.", "io.micrometer.core.", "org.slf4j.");

  /**
   * What is in some jars.
   *
   * @param digest tells one content from all others
   * @param entries by name; of two of one name the first counts
   */
  record Content(String digest, Map<String, byte[]> entries) {
    /**
     * Reads it.
     *
     * @throws IOException one of them cannot be read, or is none
     */
    static Content of(List<Path> jars) throws IOException {
      MessageDigest digest = sha256();
      Map<String, byte[]> entries = new LinkedHashMap<>();
      for (Path jar : jars) {
        byte[] bytes = Files.readAllBytes(jar);
        digest.update(bytes);
        int before = entries.size();
        try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(bytes), false)) {
          for (JarEntry next = in.getNextJarEntry(); next != null; next = in.getNextJarEntry()) {
            if (!next.isDirectory()) entries.putIfAbsent(next.getName(), in.readAllBytes());
          }
        }
        if (entries.size() == before) throw new IOException(jar.getFileName() + " holds nothing");
      }
      return new Content(HexFormat.of().formatHex(digest.digest()), entries);
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException never) {
        throw new IllegalStateException(never); // every JDK has it
      }
    }
  }

  /** The part of the process that extensions see. */
  private static final class Window extends ClassLoader {
    private final @Nullable ClassLoader ours = JarLoader.class.getClassLoader();

    Window() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      for (String each : SEEN) {
        if (name.startsWith(each)) return Class.forName(name, false, ours);
      }
      throw new ClassNotFoundException(name + " is not visible to extensions");
    }
  }

  static {
    registerAsParallelCapable();
  }

  private final Map<String, byte[]> entries;

  /**
   * @param name for stack traces
   */
  JarLoader(String name, Content content) {
    super("extension-" + name, new Window());
    this.entries = content.entries();
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] code = entries.get(name.replace('.', '/') + ".class");
    if (code == null) throw new ClassNotFoundException(name);
    return defineClass(name, code, 0, code.length);
  }

  @Override
  protected @Nullable URL findResource(String name) {
    byte[] bytes = entries.get(name);
    if (bytes == null) return null;
    try {
      URI uri = new URI("extension", null, "/" + name, null);
      return URL.of(uri, new Entry(bytes));
    } catch (java.net.URISyntaxException | MalformedURLException _) {
      return null;
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL found = findResource(name);
    return found == null ? Collections.emptyEnumeration() : Collections.enumeration(List.of(found));
  }

  /** One entry, as an URL is read. */
  private static final class Entry extends URLStreamHandler {
    private final byte[] bytes;

    Entry(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public InputStream getInputStream() {
          return new ByteArrayInputStream(bytes);
        }
      };
    }
  }
}
