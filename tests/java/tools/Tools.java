import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Kafka's command line tools one after the other in this JVM, and tells what each wrote and how it
 * ended: a JVM for each would take most of the time.
 *
 * <p>The first argument is a file of lines: a name, the tool's class, what it reads, and its arguments,
 * separated by tabs. Of each tool come a line {@code tool <name>}, its lines after {@code out} or
 * {@code err}, and {@code exit <code>}.
 */
public final class Tools {
    /** What a tool ends by; some catch whatever is thrown, so what counts is the first code. */
    private static final class Ended extends RuntimeException {
        Ended() {
            super(null, null, false, false);
        }
    }

    /** How the tool ended; null while it has not. */
    private static Integer code;

    private Tools() {}

    public static void main(String[] arguments) throws Exception {
        Exit.setExitProcedure((code, message) -> end(code));
        Exit.setHaltProcedure((code, message) -> end(code));
        List<String> lines = Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8);
        for (String line : lines) {
            String[] words = line.split("\t", -1);
            run(words[0], words[1], words[2], Arrays.copyOfRange(words, 3, words.length));
        }
        // Threads that a tool left behind must not keep the JVM.
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void end(int status) {
        if (code == null) {
            code = status;
            // A JVM that has exited says no more.
            PrintStream nobody = new PrintStream(OutputStream.nullOutputStream());
            System.setOut(nobody);
            System.setErr(nobody);
        }
        throw new Ended();
    }

    private static void run(String name, String tool, String input, String[] arguments) throws Exception {
        PrintStream realOut = System.out;
        PrintStream realErr = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        code = null;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        System.setIn(new ByteArrayInputStream((input + "\n").getBytes(StandardCharsets.UTF_8)));
        try {
            Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException thrown) {
            if (code == null) {
                // What the JVM does with what main throws.
                System.err.println("Exception in thread \"main\" " + thrown.getCause());
                code = 1;
            }
        } finally {
            System.out.flush();
            System.err.flush();
            System.setOut(realOut);
            System.setErr(realErr);
        }
        realOut.println("tool " + name);
        tell(realOut, "out ", out);
        tell(realOut, "err ", err);
        realOut.println("exit " + (code == null ? 0 : code));
        realOut.flush();
    }

    private static void tell(PrintStream to, String mark, ByteArrayOutputStream bytes) {
        bytes.toString(StandardCharsets.UTF_8).lines().forEach(line -> to.println(mark + line));
    }
}
