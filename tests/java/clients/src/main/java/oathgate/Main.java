package oathgate;

import java.io.FileInputStream;
import java.util.Arrays;
import java.util.Properties;

/**
 * Stock Kafka clients as one command: {@code java oathgate.Main <properties file> <command> <arguments>}.
 *
 * <p>Every command writes one fact a line to standard output, words separated by single spaces; the
 * integration tests read these lines. Exit code 0 means that everything asked for was done; an error is
 * one line {@code failed <exception class> <message>} and exit code 1.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            System.err.println("usage: oathgate.Main <properties> produce|transact|consume|application|admin <arguments>");
            System.exit(2);
        }
        try {
            Properties properties = new Properties();
            try (FileInputStream in = new FileInputStream(arguments[0])) {
                properties.load(in);
            }
            String[] rest = Arrays.copyOfRange(arguments, 2, arguments.length);
            switch (arguments[1]) {
                case "produce" -> Produce.run(properties, rest);
                case "transact" -> Transact.run(properties, rest);
                case "consume" -> Consume.run(properties, rest);
                case "application" -> Application.run(properties, rest);
                case "admin" -> Administer.run(properties, rest);
                default -> throw new IllegalArgumentException("unknown command " + arguments[1]);
            }
        } catch (Throwable error) {
            Throwable cause = error;
            while (cause.getCause() != null && cause != cause.getCause()) {
                cause = cause.getCause();
            }
            Lines.write("failed", cause.getClass().getSimpleName(), String.valueOf(cause.getMessage()).replace('\n', ' '));
            Lines.flush();
            System.exit(1);
        }
        Lines.flush();
        System.exit(0);
    }
}
