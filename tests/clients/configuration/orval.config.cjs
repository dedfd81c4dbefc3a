module.exports = {
  bookstore: {
    input: "openapi.yaml",
    output: {
      target: "generated/orval/bookstore.ts",
      client: "fetch",
      // Of several types of a body, orval would send the form as it is, without FormData.
      override: { contentType: { exclude: ["multipart/form-data"] } },
    },
  },
};
