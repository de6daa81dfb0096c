package io.fairlead.libp2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.lifecycle.Service;
import io.fairlead.net.loop.EventLoops;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the book is a whole program, and compiles. */
class BookExampleTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final int LINES_MAX = 15;

  @TempDir Path dir;

  @Test
  void itCompilesAndIsShort() throws Exception {
    String example = example();
    assertThat(example.lines().filter(line -> !line.isBlank()).count())
        .isLessThanOrEqualTo(LINES_MAX);
    assertThat(errors(example)).isEmpty();
    assertThat(errors(example.replace("withPeer", "withPear"))).isNotEmpty();
  }

  private List<String> errors(String text) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    JavaFileObject source =
        new SimpleJavaFileObject(URI.create("string:///Node.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
          }
        };
    List<String> options = List.of("-d", dir.toString(), "-proc:none", "-cp", classPath());
    compiler.getTask(null, null, said, options, null, List.of(source)).call();
    return said.getDiagnostics().stream()
        .filter(each -> each.getKind() == javax.tools.Diagnostic.Kind.ERROR)
        .map(Object::toString)
        .toList();
  }

  /** Where the classes of the example were loaded from, whoever loaded them. */
  private static String classPath() {
    return Stream.of(
            Host.class, EventLoops.class, Service.class, Channel.class, ByteBuf.class, Future.class)
        .map(known -> known.getProtectionDomain().getCodeSource().getLocation().getPath())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String example() throws Exception {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("docs/book/libp2p.md"))) folder = folder.getParent();
    Matcher block = BLOCK.matcher(Files.readString(folder.resolve("docs/book/libp2p.md")));
    assertThat(block.find()).isTrue();
    return block.group(1);
  }
}
