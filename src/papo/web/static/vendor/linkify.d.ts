export * from "linkifyjs";
